name 'sudo'
version '1.0.0'
