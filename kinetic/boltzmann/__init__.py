"""The microscopic models: distribution functions on a velocity grid."""
