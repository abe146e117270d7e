"""The subcommands of `henrici` for models in general and potentials. Each module has add_arguments and run."""
