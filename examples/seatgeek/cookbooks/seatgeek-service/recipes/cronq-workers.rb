include_recipe 'python::default'

seatgeek_circus 'cronq-workers' do
  action :create
end
