include_recipe 'python::default'
include_recipe 'vftp::default'

seatgeek_circus 'ftp-processor' do
  action :create
end
