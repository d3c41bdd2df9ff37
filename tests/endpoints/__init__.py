"""Tests of endpoints: sitemap, robots, discovery."""
