"""Small reusable widgets of the design system."""
