include_recipe 'python::default'

seatgeek_circus 'djjob' do
  action :create
end
