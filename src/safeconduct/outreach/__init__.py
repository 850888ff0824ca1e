"""Campaigns: approved texts to lawfully held numbers. Refuses look-up, enrichment, places and small lists."""
