@echo off
rem Runs `package`, building it first when it has not been built or Git has moved on.
setlocal
set "ROOT=%~dp0"
set "OUT=%ROOT%artifacts\package"
set "REV="
for /f %%r in ('git -C "%ROOT%." rev-parse HEAD 2^>nul') do set "REV=%%r"
set "BUILT="
if exist "%OUT%\.built" set /p BUILT=<"%OUT%\.built"
if exist "%OUT%\package.exe" if "%BUILT%"=="%REV%" goto run
where dotnet >nul 2>nul || (echo package: the .NET 10 SDK is needed to build Baker, and 'dotnet' is not on the PATH. 1>&2 & exit /b 1)
echo package: building Baker ... 1>&2
dotnet publish "%ROOT%src\Baker.Cli\Baker.Cli.csproj" -c Release -r win-x64 -p:BakerPublish=true --artifacts-path "%ROOT%artifacts\publish" -o "%OUT%" -v quiet 1>&2
if errorlevel 1 exit /b 70
>"%OUT%\.built" echo %REV%
:run
"%OUT%\package.exe" %*
exit /b %errorlevel%
