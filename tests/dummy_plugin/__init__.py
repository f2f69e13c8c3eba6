"""A plugin as a third party would write it, which uses every hook and every kind of record."""
