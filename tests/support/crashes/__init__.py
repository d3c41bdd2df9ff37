"""Writers that are killed, and the change sets that they leave behind."""
