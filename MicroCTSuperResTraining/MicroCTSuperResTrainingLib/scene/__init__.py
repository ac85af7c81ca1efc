"""Tables and charts of trainings and evaluations in the scene. Nothing here knows Qt."""
