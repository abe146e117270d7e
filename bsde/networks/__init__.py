"""Networks of u and of sigma^T grad u."""
