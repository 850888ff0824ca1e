"""What is printed for him and about him: content in, the bytes of a sheet out. Knows no room and no table."""
