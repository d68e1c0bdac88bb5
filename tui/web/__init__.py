"""The screens of an observed desk as a web page on this machine, to look at."""
