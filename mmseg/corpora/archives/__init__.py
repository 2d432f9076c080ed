"""Public data sets, from the archives in which they come, as the data set classes read them."""
