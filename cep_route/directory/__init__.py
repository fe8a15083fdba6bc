"""Where a person goes and with whom: desks, partners, opening hours, cooperation. It never changes who is eligible."""
