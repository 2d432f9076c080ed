"""Public data sets, out of the archives in which they come, as the data set classes read them."""
