"""Labels: what an ASE calculator says of a structure, attempts and verdicts, and what the journal keeps of them."""
