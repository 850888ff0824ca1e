"""What the person himself sees: the contact page and the public site. Texts in, bytes out; no room."""
