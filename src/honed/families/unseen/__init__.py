"""What a model does on rows that neither training nor any choice has seen, whatever rows are. Read `seen` first."""
