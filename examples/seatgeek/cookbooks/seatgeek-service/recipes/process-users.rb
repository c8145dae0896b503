include_recipe 'python::default'

# It needs temporary storage.
directory '/var/tmp/process-users'

seatgeek_circus 'process-users' do
  action :create
end
