"""What every solver of kinetic shares: conservative differences in x, implicit-explicit steps in t."""
