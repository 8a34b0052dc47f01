"""Everything that is handed out on paper or as a file: one content, written as PDF, Word, Excel or calendar file."""
