@"%~dp0..\runtime\python.exe" -m console.cli %*
