"""What a check found, for people and for programs: text, JSON, ITF, annotations, charts and graphs."""
