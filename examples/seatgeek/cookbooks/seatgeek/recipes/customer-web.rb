include_recipe 'python::default'

seatgeek_circus 'customer-web' do
  action :create
end
