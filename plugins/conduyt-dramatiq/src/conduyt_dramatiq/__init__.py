"""Job execution for Conduyt Kit with dramatiq: in process, on Redis, on RabbitMQ."""
