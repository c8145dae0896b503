name 'example-service'
version '1.0.0'
description 'Two services, each with a recipe that takes it away again'
