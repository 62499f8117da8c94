"""From what is known to what the model reads: `builder.build` makes a Prompt that fits the model's context."""
