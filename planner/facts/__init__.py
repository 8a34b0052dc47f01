"""Facts: what is given. District + TravelMatrix + Policy + Term = Problem. All immutable."""
