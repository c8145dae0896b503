package 'sudo'
