; The set-up of Muster: 64-bit, for all users of the computer. `build.py` gives it
;   VERSION    of the product
;   NUMBERS    the same, as four numbers
;   PAYLOAD    the staged folder
;   PICTURES   folder with muster.ico and side.bmp
;   LISTS      folder with install.nsh and uninstall.nsh (every file, by name) and entries.nsh (what
;              lies at the top of the installed folder)
;   OUTPUT     the file to write
;   METHOD     store or lzma
;
; muster-setup.exe /S [/TYPE=site|console|kiosk] [/D=C:\Folder]
; muster-setup.exe /S /REMOVE=1 [/DATA=remove]     runs the installed version's uninstaller
;   /S     asks nothing. What is installed already is replaced; its type stays unless /TYPE says so.
;   /TYPE  site: service, console and kiosk. console, kiosk: only that.
;   /D     must come last, without quotes.
;   /PORTAL=1 /TERMINALS=1 /KIOSKS=1   let other computers reach them through the firewall
; uninstall.exe /S [/DATA=remove]      keeps the site's data unless told to remove it

Unicode true
Target amd64-unicode
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel admin
SetDatablockOptimize on
!if ${METHOD} == "lzma"
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!else
  SetCompress off
!endif

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include WordFunc.nsh

!define PRODUCT_KEY "Software\Muster"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Muster"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define PYTHON "$INSTDIR\runtime\python.exe"
!define PYTHON_WINDOW "$INSTDIR\runtime\pythonw.exe"
!define DATA "$APPDATA\Muster"  ; C:\ProgramData\Muster, as the context is all users
!define FORMER "$INSTDIR\before"  ; the version that is replaced, until the new one is seen to work
!define ENDED "${DATA}\data\service.ended"  ; written when a service ends that nobody told to

Name "Muster"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\Muster"
InstallDirRegKey HKLM "${PRODUCT_KEY}" "Folder"
BrandingText "Muster ${VERSION}"
VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "Muster"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Set-up of Muster"
VIAddVersionKey "LegalCopyright" "GPL-3.0-or-later"
ShowInstDetails show
ShowUninstDetails show

!define MUI_ICON "${PICTURES}\muster.ico"
!define MUI_UNICON "${PICTURES}\muster.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PICTURES}\side.bmp"
!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${PAYLOAD}\LICENSE.txt"
!define MUI_COMPONENTSPAGE_SMALLDESC
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_NOAUTOCLOSE
!define MUI_FINISHPAGE_LINK "Licences of all parts"
!define MUI_FINISHPAGE_LINK_LOCATION "$INSTDIR\licences.html"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

InstType "The site's computer"  ; 1
InstType "Console only"         ; 2
InstType "Kiosk only"           ; 3

Var Type        ; site, console or kiosk
Var Removing    ; "data" when the site's data go, too
Var Upgrading   ; "yes" while a newer version replaces this one
Var Version     ; that is replaced; empty where none is installed
Var Served      ; "yes" when its service could be reached
Var Started     ; "yes" once the new service was started, which may have changed the databases

; Runs a program without a window; ends the set-up when it fails. Its output goes to the details.
!macro Must COMMAND WHAT
  nsExec::ExecToLog `${COMMAND}`
  Pop $0
  ${If} $0 != 0
    DetailPrint "${WHAT} failed: $0"
    MessageBox MB_OK|MB_ICONSTOP "${WHAT} failed ($0). The details say more." /SD IDOK
    SetErrorLevel 3
    Call GiveUp
    Abort
  ${EndIf}
!macroend
!define Must "!insertmacro Must"

; Runs a program whose failure changes nothing.
!macro Try COMMAND
  nsExec::ExecToLog `${COMMAND}`
  Pop $0
!macroend
!define Try "!insertmacro Try"

!macro Firewall NAME PORT
  ${Try} '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="${NAME}"'
  ${Must} '"$SYSDIR\netsh.exe" advfirewall firewall add rule name="${NAME}" dir=in action=allow \
    program="${PYTHON}" protocol=TCP localport=${PORT} profile=domain,private' "The firewall rule"
!macroend

; Waits while a program of Muster runs: its files could not be replaced. A service that was told to
; stop gets 15 seconds for it. Afterwards, $1 is 31 if one runs still.
!macro WaitUntilUnused
  StrCpy $1 0
  ${DoWhile} ${FileExists} "$INSTDIR\runtime\python313.dll"
    ClearErrors
    FileOpen $0 "$INSTDIR\runtime\python313.dll" a
    ${IfNot} ${Errors}
      FileClose $0
      ${ExitDo}
    ${EndIf}
    IntOp $1 $1 + 1
    ${If} $1 > 30
      ${ExitDo}
    ${EndIf}
    Sleep 500
  ${Loop}
!macroend

; Ends the set-up while a window of Muster is open.
!macro NotInUse
  !insertmacro WaitUntilUnused
  ${If} $1 > 30
    ${Try} '"$SYSDIR\net.exe" start Muster'
    MessageBox MB_OK|MB_ICONEXCLAMATION \
      "Muster is open. Close its windows on this computer, then start this again." /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
!macroend

; Moves one entry of the installed folder aside, or back. MoveFileEx renames a folder as a whole.
!macro SetAside NAME
  ${If} ${FileExists} "$INSTDIR\${NAME}"
    Rename "$INSTDIR\${NAME}" "${FORMER}\${NAME}"
  ${EndIf}
!macroend
!macro PutBack NAME
  ${If} ${FileExists} "${FORMER}\${NAME}"
    RMDir /r "$INSTDIR\${NAME}"
    Delete "$INSTDIR\${NAME}"
    Rename "${FORMER}\${NAME}" "$INSTDIR\${NAME}"
  ${EndIf}
!macroend

; Puts the former program back and, when the new one was started, its databases. Also what an earlier
; set-up left that was cut off. Nothing to do where nothing was set aside.
Function TakeBack
  ${If} ${FileExists} "${FORMER}\uninstall.exe"
    DetailPrint "Taking the former version back"
    ${Try} '"$SYSDIR\net.exe" stop Muster'
    !insertmacro WaitUntilUnused
    ${If} $Started == "yes"
    ${AndIf} ${FileExists} "${DATA}\before-upgrade\$Version\*.db"
      Delete "${DATA}\data\*.db*"
      CopyFiles /SILENT "${DATA}\before-upgrade\$Version\*.db*" "${DATA}\data"
    ${EndIf}
    !define EACH PutBack
    !include "${LISTS}\entries.nsh"
    !undef EACH
    !insertmacro PutBack "uninstall.exe"  ; last: with it, all is back
    RMDir "${FORMER}"
  ${EndIf}
FunctionEnd

; Ends an upgrade that failed, with the former version's service running again.
Function GiveUp
  Call TakeBack
  ${If} $Version != ""
    ${Try} '"$SYSDIR\net.exe" start Muster'
  ${EndIf}
FunctionEnd

Function .onInstFailed
  Call GiveUp
FunctionEnd

Section "Muster" CORE
  SectionIn 1 2 3 RO
  SetOutPath "$INSTDIR"
  ${If} ${FileExists} "${DATA}\announced\service.json"
    StrCpy $Served "yes"
  ${EndIf}
  ${Try} '"$SYSDIR\net.exe" stop Muster'
  !insertmacro NotInUse
  Call TakeBack
  ${If} ${FileExists} "$INSTDIR\uninstall.exe"
    Call KeepDatabases
    DetailPrint "Setting the installed version aside"
    RMDir /r "${FORMER}"  ; of a version that was replaced before the computer went off
    CreateDirectory "${FORMER}"
    ClearErrors
    !insertmacro SetAside "uninstall.exe"  ; first: without it, nothing was set aside
    !define EACH SetAside
    !include "${LISTS}\entries.nsh"
    !undef EACH
    ${If} ${Errors}
      Call GiveUp
      MessageBox MB_OK|MB_ICONSTOP "The installed version could not be replaced." /SD IDOK
      SetErrorLevel 5
      Abort
    ${EndIf}
  ${EndIf}
  ClearErrors
  !include "${LISTS}\install.nsh"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${If} ${Errors}
    Call GiveUp
    MessageBox MB_OK|MB_ICONSTOP "Not all files could be written. Is the disk full?" /SD IDOK
    SetErrorLevel 3
    Abort
  ${EndIf}
  ${Try} '"${PYTHON}" "$INSTDIR\bin\search_path.py" add "$INSTDIR\bin"'
SectionEnd

Section "Service: starts with the computer" SERVICE
  SectionIn 1
  CreateDirectory "${DATA}\data"
  CreateDirectory "${DATA}\announced"
  ${Try} '"$SYSDIR\sc.exe" query Muster'
  ${If} $0 != 0
    ${Must} '"$SYSDIR\sc.exe" create Muster \
      binPath= "\"${PYTHON}\" -m console.service_host" \
      DisplayName= "Muster" start= auto obj= "NT SERVICE\Muster"' "Registering the service"
    ${Try} '"$SYSDIR\sc.exe" description Muster "Enrols faces and fingerprints, logs people in."'
    ${Try} '"$SYSDIR\sc.exe" failure Muster reset= 86400 actions= \
      restart/5000/restart/15000/restart/60000'
  ${EndIf}
  ${IfNot} ${FileExists} "${DATA}\serve-options.txt"
    FileOpen $0 "${DATA}\serve-options.txt" w
    FileWrite $0 "# How the service is started: one option a line. $\"muster serve --help$\" lists them."
    FileWrite $0 "$\r$\n# Start the service again after a change. An example without the # in front:"
    FileWrite $0 "$\r$\n# --portal-host 0.0.0.0$\r$\n"
    FileClose $0
  ${EndIf}
  ; Starts what the service may not: an update that it has verified. Only below Program Files, where
  ; nobody but administrators can change the program that Windows starts.
  StrLen $0 "$PROGRAMFILES64\"
  StrCpy $1 "$INSTDIR" $0
  ${If} $1 == "$PROGRAMFILES64\"
    ${Try} '"$SYSDIR\schtasks.exe" /create /f /tn "Muster update" /ru SYSTEM /sc minute /mo 5 \
      /tr "\"${PYTHON_WINDOW}\" -m console.service_host.installing"'
  ${EndIf}
  ; the data for the service and administrators alone; its address for every user of this computer.
  ; Any user may have made this folder before: its owner and all rights in it are set anew.
  ${Try} '"$SYSDIR\icacls.exe" "${DATA}" /setowner *S-1-5-32-544 /T /C /Q'
  ${Must} '"$SYSDIR\icacls.exe" "${DATA}" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F \
    *S-1-5-32-544:(OI)(CI)F "NT SERVICE\Muster:(OI)(CI)M" *S-1-5-32-545:(RX)' "Guarding the data"
  ${Try} '"$SYSDIR\icacls.exe" "${DATA}\*" /reset /T /C /Q'
  ${Must} '"$SYSDIR\icacls.exe" "${DATA}\announced" /grant:r *S-1-5-32-545:(OI)(CI)RX' \
    "Guarding the data"
SectionEnd

SectionGroup "Start menu"
Section "Console: the administrator's windows" CONSOLE
  SectionIn 1 2
  CreateDirectory "$SMPROGRAMS\Muster"
  CreateShortcut "$SMPROGRAMS\Muster\Muster.lnk" "${PYTHON_WINDOW}" "-m console.cli" \
    "$INSTDIR\muster.ico"
SectionEnd

Section "Kiosk: the login screen" KIOSK
  SectionIn 1 3
  CreateDirectory "$SMPROGRAMS\Muster"
  CreateShortcut "$SMPROGRAMS\Muster\Muster kiosk.lnk" "${PYTHON_WINDOW}" \
    "-m console.cli kiosk" "$INSTDIR\muster.ico"
SectionEnd
SectionGroupEnd

Section "Start the kiosk when a user signs in" KIOSK_START
  SectionIn 3
  WriteRegStr HKLM "${RUN_KEY}" "Muster kiosk" '"${PYTHON_WINDOW}" -m console.cli kiosk'
SectionEnd

SectionGroup "Let other computers through the firewall"
Section /o "Employees' portal (port 8443)" PORTAL
  !insertmacro Firewall "Muster portal" 8443
SectionEnd
Section /o "Terminals that dial in (ports 8081, 8082)" TERMINALS
  !insertmacro Firewall "Muster terminals" "8081,8082"
SectionEnd
Section /o "Kiosks (port 8444)" KIOSKS
  !insertmacro Firewall "Muster kiosks" 8444
SectionEnd
SectionGroupEnd

; Last of all. A version that was replaced goes only when the new service can be reached. After a
; first installation, a service that does not start is no reason to take everything back.
Section "-Finish"
  SectionIn 1 2 3 RO
  ${If} ${SectionIsSelected} ${SERVICE}
    Delete "${ENDED}"
    StrCpy $Started "yes"
    ${Try} '"$SYSDIR\net.exe" start Muster'
    ${If} $Served == "yes"
    ${AndIf} ${FileExists} "${FORMER}\uninstall.exe"
      DetailPrint "Waiting for the service"
      ${Try} '"${PYTHON}" -m console.service_host.ready'
      ${If} $0 != 0
        Call GiveUp
        MessageBox MB_OK|MB_ICONSTOP "The service of the new version does not start. Version \
$Version and its data are back. The details say more." /SD IDOK
        SetErrorLevel 6
        Abort
      ${EndIf}
    ${EndIf}
  ${EndIf}
  ${If} ${FileExists} "${FORMER}\uninstall.exe"
    DetailPrint "Removing the former version"
    ; it runs from its own folder, not from a copy, so that this waits for its end
    ExecWait '"${FORMER}\uninstall.exe" /S /UPGRADE=1 _?=${FORMER}'
    Delete "${FORMER}\uninstall.exe"
    ${Try} '"${PYTHON}" "$INSTDIR\bin\put_back.py" "${FORMER}" "$INSTDIR"'
  ${EndIf}
  ; the service works meanwhile, so that an upgrade is away for a short time only
  DetailPrint "Preparing the program for quick starts"
  ${Try} '"${PYTHON}" -m compileall -q -j 0 "$INSTDIR\site"'
  WriteRegStr HKLM "${PRODUCT_KEY}" "Folder" "$INSTDIR"
  WriteRegStr HKLM "${PRODUCT_KEY}" "Type" "$Type"
  WriteRegStr HKLM "${PRODUCT_KEY}" "Version" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "Muster"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\muster.ico"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "Publisher" "Muster"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1  ; the set-up itself repairs, started again
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $0
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SERVICE} "Keeps the data and talks to phones and terminals. \
One computer of the site has it."
  !insertmacro MUI_DESCRIPTION_TEXT ${KIOSK_START} "For a computer that is nothing but a kiosk."
!insertmacro MUI_FUNCTION_DESCRIPTION_END

!macro SelectWhenAsked OPTION SECTION
  ${GetOptions} $R0 "${OPTION}=" $R1
  ${If} $R1 == "1"
    !insertmacro SelectSection ${SECTION}
  ${EndIf}
!macroend

Function .onInit
  SetShellVarContext all
  SetRegView 64
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "Muster needs Windows 10 or newer." /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  ${GetParameters} $R0
  ${GetOptions} $R0 "/REMOVE=" $R1
  ${If} $R1 == "1"
    Call Remove
  ${EndIf}
  ReadRegStr $Version HKLM "${PRODUCT_KEY}" "Version"
  ${VersionCompare} "$Version" "${VERSION}" $R1
  ${If} $R1 == 1
    MessageBox MB_OK|MB_ICONSTOP "Muster $Version is installed, which is newer." /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  ReadRegStr $Type HKLM "${PRODUCT_KEY}" "Type"
  ${GetOptions} $R0 "/TYPE=" $R1
  ${If} $R1 != ""
    StrCpy $Type $R1
  ${EndIf}
  ; each section by itself, also for a set-up that asks nothing
  ${If} $Type == "console"
    !insertmacro UnselectSection ${SERVICE}
    !insertmacro UnselectSection ${KIOSK}
    !insertmacro UnselectSection ${KIOSK_START}
  ${ElseIf} $Type == "kiosk"
    !insertmacro UnselectSection ${SERVICE}
    !insertmacro UnselectSection ${CONSOLE}
    !insertmacro SelectSection ${KIOSK_START}
  ${Else}
    !insertmacro UnselectSection ${KIOSK_START}
  ${EndIf}
  Call NameType
  !insertmacro SelectWhenAsked "/PORTAL" ${PORTAL}
  !insertmacro SelectWhenAsked "/TERMINALS" ${TERMINALS}
  !insertmacro SelectWhenAsked "/KIOSKS" ${KIOSKS}
FunctionEnd

; Runs the uninstaller of what is installed, and ends.
Function Remove
  ReadRegStr $R1 HKLM "${PRODUCT_KEY}" "Folder"
  ${GetOptions} $R0 "/DATA=" $R2
  StrCpy $0 0
  ${If} ${FileExists} "$R1\uninstall.exe"
    ExecWait '"$R1\uninstall.exe" /S /DATA=$R2 _?=$R1' $0
    Delete "$R1\uninstall.exe"
    RMDir "$R1"
  ${EndIf}
  SetErrorLevel $0
  Quit
FunctionEnd

Function .onSelChange
  Call NameType
FunctionEnd

; Which type the choice amounts to, for the next version's set-up.
Function NameType
  ${If} ${SectionIsSelected} ${SERVICE}
    StrCpy $Type "site"
  ${ElseIf} ${SectionIsSelected} ${CONSOLE}
    StrCpy $Type "console"
  ${Else}
    StrCpy $Type "kiosk"
  ${EndIf}
FunctionEnd

; Before a version is replaced: a copy of the databases that it wrote, beside them.
Function KeepDatabases
  ${If} ${FileExists} "${DATA}\data\*.db"
    CreateDirectory "${DATA}\before-upgrade\$Version"
    Delete "${DATA}\before-upgrade\$Version\*.db-*"  ; journals belong to the copy before this one
    ClearErrors
    CopyFiles /SILENT "${DATA}\data\*.db*" "${DATA}\before-upgrade\$Version"
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONSTOP "The databases could not be copied. Nothing was changed." \
        /SD IDOK
      ${Try} '"$SYSDIR\net.exe" start Muster'
      SetErrorLevel 4
      Abort
    ${EndIf}
  ${EndIf}
FunctionEnd

Function un.onInit
  SetShellVarContext all
  SetRegView 64
  ${GetParameters} $R0
  StrCpy $Upgrading "no"
  StrCpy $Removing "nothing"
  ClearErrors
  ${GetOptions} $R0 "/UPGRADE=" $R1
  ${IfNot} ${Errors}
    StrCpy $Upgrading "yes"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/DATA=" $R1
  ${If} $R1 == "remove"
    StrCpy $Removing "data"
  ${EndIf}
FunctionEnd

Section "Uninstall"
  ${If} $Upgrading == "no"
    ${If} ${FileExists} "${DATA}\data\*.*"
    ${AndIf} $Removing != "data"
      MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Remove the data of this site, too? \
People, photos, fingerprints and logins on this computer would be gone for good." \
        /SD IDNO IDNO keep
      StrCpy $Removing "data"
      keep:
    ${EndIf}
    ${Try} '"$SYSDIR\net.exe" stop Muster'
    !insertmacro NotInUse
    ${Try} '"$SYSDIR\sc.exe" delete Muster'
    ${Try} '"$SYSDIR\schtasks.exe" /delete /f /tn "Muster update"'
    ${Try} '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="Muster portal"'
    ${Try} '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="Muster terminals"'
    ${Try} '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="Muster kiosks"'
    ${Try} '"${PYTHON}" "$INSTDIR\bin\search_path.py" remove "$INSTDIR\bin"'
    DeleteRegValue HKLM "${RUN_KEY}" "Muster kiosk"
    DeleteRegKey HKLM "${PRODUCT_KEY}"
    DeleteRegKey HKLM "${UNINSTALL_KEY}"
    Delete "$SMPROGRAMS\Muster\Muster.lnk"
    Delete "$SMPROGRAMS\Muster\Muster kiosk.lnk"
    RMDir "$SMPROGRAMS\Muster"
    RMDir /r "${DATA}\announced"
    ${If} $Removing == "data"
      RMDir /r "${DATA}"
    ${EndIf}
  ${EndIf}
  Delete "$INSTDIR\uninstall.exe"
  ; only files that were installed: the folder may hold others
  !include "${LISTS}\uninstall.nsh"
  RMDir "$INSTDIR"
SectionEnd
