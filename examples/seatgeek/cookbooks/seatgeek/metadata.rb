name 'seatgeek'
version '1.0.0'
depends 'python'
