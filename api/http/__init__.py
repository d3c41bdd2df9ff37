"""HTTP: request, response, negotiation, content coding, problems, URLs."""
