"""The subcommand of `henrici` for gas dynamics."""
