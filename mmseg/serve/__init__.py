"""A small HTTP service: pages in, regions out, and a web page to try it on (extra ``serve``)."""
