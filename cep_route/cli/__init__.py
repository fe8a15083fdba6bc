"""The command line: one file a command, with its options, its help and its work. No decision is taken here."""
