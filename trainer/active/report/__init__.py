"""What is seen of a project: its history in words for the terminal, and one page of figures."""
