package 'python3'
