"""Whether the numbers of report pages are those of the stored runs; see `tests.pages.checking`."""
