# Builds dist\nectary and, where Inno Setup is there, dist\Nectary-<version>-setup.exe. Not run yet: see
# packaging\README.md. Needs Python 3.11 or newer from python.org. Sign nectary.exe before and the installer after:
#   signtool sign /fd SHA256 /tr http://timestamp.digicert.com /td SHA256 /a FILE
$ErrorActionPreference = "Stop"
Set-Location (Join-Path $PSScriptRoot "..\..")
function Invoke-Step { & $args[0] $args[1..($args.Length - 1)]; if ($LASTEXITCODE) { throw "$($args -join ' ') failed" } }

if (-not (Test-Path build\venv)) { Invoke-Step py -3 -m venv build\venv }
$python = "build\venv\Scripts\python.exe"
Invoke-Step $python -m pip install --require-hashes --no-deps -r requirements\package.txt
$version = & $python -c "import studio; print(studio.__version__)"
$env:PYTHONHASHSEED = "0"
$env:SOURCE_DATE_EPOCH = & git log -1 --format=%ct
Invoke-Step $python packaging\icon.py build\icons
Invoke-Step $python -m PyInstaller --noconfirm --clean --log-level WARN --workpath build\pyinstaller --distpath dist packaging\nectary.spec
Invoke-Step $python packaging\licences.py requirements\runtime.txt build\pyinstaller\nectary\COLLECT-00.toc dist\nectary\licences
Invoke-Step $python packaging\smoke.py dist\nectary\nectary.exe
$compiler = Get-Command iscc -ErrorAction SilentlyContinue
if ($compiler) { Invoke-Step $compiler.Source "/DVersion=$version" packaging\windows\nectary.iss }
else { Write-Host "No installer: Inno Setup's iscc is not on the path." }
