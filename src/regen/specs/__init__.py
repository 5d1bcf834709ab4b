"""Text → Spec: one file a dialect, all giving the same `Spec`."""
