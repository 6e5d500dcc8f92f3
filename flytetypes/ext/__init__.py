"""One module for each third-party package whose types are carried; loaded when a class of that package is looked up."""
