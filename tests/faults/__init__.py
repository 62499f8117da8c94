"""What is done to Zhiji in reliability tests, each as a program of its own that prints what it found as JSON."""
