include_recipe 'python::default'
include_recipe 'vftp::default'

seatgeek_circus 'ftp-listener' do
  action :create
end
