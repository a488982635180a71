"""Training beyond the lecture, for pictures as people upload them.

schedule (rate, loss) <- batches <- augment, outliers, rendered_set      calibration, evaluation: on rendered pictures
"""
