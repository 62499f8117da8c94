"""What Zhiji says without asking a model, and what stands between a model and the person."""
