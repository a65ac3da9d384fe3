"""A sample plugin of the Airlock demo."""
