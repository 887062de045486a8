"""What is asked of the solver: runs, attribution, calibration, gradients."""
