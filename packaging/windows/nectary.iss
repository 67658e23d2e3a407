; Inno Setup 6: makes dist\Nectary-<version>-setup.exe of dist\nectary, which build.ps1 made.
; Not run yet: see packaging\README.md. Installs for one user, without administrator's rights.
#ifndef Version
  #define Version "0.0.0"
#endif

[Setup]
AppId={{6D0C1C35-6E0B-4C0E-9C57-1B1B5F0C7A11}
AppName=Nectary
AppVersion={#Version}
AppVerName=Nectary {#Version}
DefaultDirName={autopf}\Nectary
DefaultGroupName=Nectary
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputDir=..\..\dist
OutputBaseFilename=Nectary-{#Version}-setup
SetupIconFile=..\..\build\icons\nectary.ico
UninstallDisplayIcon={app}\nectary.exe
LicenseFile=..\..\LICENSE
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
CloseApplications=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; GroupDescription: "{cm:AdditionalIcons}"; Flags: unchecked

[InstallDelete]
; An upgrade leaves nothing of the older version.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\nectary\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[Icons]
Name: "{group}\Nectary"; Filename: "{app}\nectary.exe"
Name: "{autodesktop}\Nectary"; Filename: "{app}\nectary.exe"; Tasks: desktopicon

[Registry]
; "Open with" for pictures, films and sounds; Nectary never becomes what opens them by default.
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Nectary"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\shell\open\command"; ValueType: string; ValueData: """{app}\nectary.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".mp4"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".webm"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".mp3"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\nectary.exe\SupportedTypes"; ValueType: string; ValueName: ".wav"; ValueData: ""

[Run]
Filename: "{app}\nectary.exe"; Description: "{cm:LaunchProgram,Nectary}"; Flags: nowait postinstall skipifsilent

; Settings and library lie in the user's own folders; uninstalling leaves them alone.
