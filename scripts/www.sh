#!/bin/sh
# What the frontend's image has beyond the base: its page. Change the version, bake, update the fleet, and watch it change.
set -eu
echo "www: version 1" > /srv/www/index.html
echo "www: /srv/www/index.html is ready"
