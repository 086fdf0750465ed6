"""What keeps people from being recognised."""
