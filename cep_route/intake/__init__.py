"""The intake room: a service's file of persons to outcomes, losing no line. Never decides who goes where: it asks the engine."""
