"""Passwords that are tried first by everybody who guesses; folded, and long enough to pass the length rule."""

COMMON_PASSWORDS = frozenset(
    """
    00000000 0123456789 10203040 102030405060 11111111 11223344 1122334455 112233445566 11235813 1123581321 12121212 121212121
    123123123 123321123 12341234 12345678 123456789 1234567890 123456789a 123456789abc 123456789q 12345678a 12345678q 1234567a
    1234567q 123456abc 123456qwerty 12345abc 12345abcd 12345qwert 1234abcd 1234qwer 123654789 123abc123 123qwe123 123qweasd
    123qweasdzxc 13131313 135792468 147258369 147852369 159357258 192837465 192837465a 1a2b3c4d 1g2w3e4r 1q2w3e4r 1q2w3e4r5t
    1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 22222222 246813579 258456357 31415926 314159265 321321321 369258147 456456456
    456789123 55555555 66666666 69696969 741852963 77777777 789456123 789789789 87654321 88888888 918273645 963852741 987654321
    9876543210 987654321a 99999999 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 aa123456 aaa12345 aaaaaaaa aabbccdd abc12345 abc123456
    abc123456789 abc123abc abcabc123 abcd1234 abcd12345 abcdefg1 abcdefgh abcdefghi access123 access1234 access14 admin123
    admin1234 admin12345 admin123456 admin2023 admin2024 admin2025 admin2026 admin@123 adminadmin administrator administrator1
    alejandra alejandro alexander alexander1 alexandra amanda123 america1 american1 american123 andrew123 android1 android123
    angel123 angels123 anthony1 anthony123 apple123 apple1234 april2025 arsenal1 arsenal123 asdf1234 asdfasdf asdfghjk asdfghjkl
    asdfjkl1 ashley123 asshole1 australia autumn123 autumn2023 autumn2024 autumn2025 azerty12 azerty123 azerty1234 azertyui
    azertyuiop babyboy1 babydoll babygirl babygirl1 banana123 bangladesh barcelona barcelona1 baseball baseball1 baseball123
    basketball basketball1 batman123 beatles1 beautiful beautiful1 benjamin benjamin1 bienvenido bienvenue biteme123 blink182
    blue1234 bmw12345 bonjour1 bonjour123 brandon1 brandon123 brasil123 brazil123 brittany brittany1 bullshit business business1
    business123 butterfly butterfly1 california california1 camaro123 canada123 carlos123 change123 changeit changeit1 changeme
    changeme! changeme1 changeme123 charles1 charlie1 charlie123 cheese123 chelsea1 chelsea123 cherry123 chevrolet chevy123
    chicago1 chocolate chocolate1 chocolate123 christian christian1 christine christopher ciao1234 coffee123 company1 company123
    computer computer1 computer123 conduyt1 conduyt123 contrasena contraseña cookie123 cookies1 corvette corvette1 counterstrike
    cowboys1 crm12345 crmadmin cupcake1 daniel123 danielle danielle1 december default1 default123 demo1234 demouser deutschland
    diamond1 diamond123 dickhead dominic1 dragon12 dragon123 dragonball dragons1 eagles123 eduardo1 elizabeth elizabeth1 eminem123
    england1 england123 example1 example123 facebook facebook1 facebook123 february february1 fernando fernando1 ferrari1
    ferrari123 florida1 flower123 flowers1 football football1 football12 football123 fortnite fortnite1 france123 francisco
    freedom1 freedom123 friday123 friday13 fuckyou! fuckyou1 fuckyou12 fuckyou123 gabriel1 gabriela gandalf1 germany1 ginger123
    golden123 goodbye1 goodluck goodmorning google123 google1234 green123 guest123 guest1234 guitar123 happiness happy123 happy1234
    happyday harley123 harrypotter haslo123 hawaii123 heaven123 hello123 hello123! hello1234 hello12345 hellohello helloworld
    heslo123 hockey123 hogwarts hola1234 holahola honda123 hunter12 hunter123 ilovegod ilovejesus iloveme1 iloveyou iloveyou!
    iloveyou1 iloveyou12 iloveyou123 iloveyou2 iloveyouu iluvyou1 india123 indonesia indonesia1 instagram internet internet1
    internet123 iphone123 ironman1 isabella isabella1 jackson1 january1 jelszo123 jennifer jennifer1 jessica1 jessica123 jonathan
    jonathan1 jordan123 jordan23 joshua123 justin123 juventus kennwort kennwort1 killer123 knight123 lakers123 letmein! letmein1
    letmein12 letmein123 letmein2025 letmeinnow liberty1 linkedin linkedin1 liverpool liverpool1 liverpool123 login123 login1234
    loginlogin london123 lovelove lovely12 lovelyou loveme123 loveyou1 loveyou123 lozinka1 malaysia malaysia1 manager1 manager123
    manchester manutd123 march2025 master12 master123 masters1 matrix123 matthew1 matthew123 melissa1 mercedes mercedes1
    mercedes123 metallica metallica1 mexico123 michael1 michael12 michael123 michelle michelle1 microsoft microsoft1 minecraft
    minecraft1 minecraft123 monday01 monday123 monster1 monster123 motdepasse mustang1 mustang123 mylove123 mypassword mypassword1
    mysecret mysecret1 namaste1 naruto123 nascar24 natalie1 newpassword newpassword1 newyork1 newyork123 nicholas nicholas1
    nicole123 ninja123 nintendo nirvana1 noaccess nopassword nopassword1 nothing1 november october1 office123 office365 oldpassword
    operator operator1 orange12 orange123 p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword p@ssword1 pa$$w0rd pa$$word pa55word pakistan
    pakistan1 pakistan123 paris123 parola123 pass1234 pass12345 pass123456 pass@123 pass@1234 pass@word1 passpass passw0rd
    passw0rd! passw0rd1 passw0rd123 password password! password00 password01 password1 password1! password11 password12 password123
    password123! password1234 password12345 password123456 password2 password2020 password2021 password2022 password2023
    password2024 password2025 password2026 password22 password3 password99 passwords passwort passwort1 passwort123 patricia
    patricia1 patrick1 patriots peanut123 pepper123 philippines phoenix1 phoenix123 pickles1 platinum playstation pokemon1
    pokemon123 porsche1 porsche911 prince123 princess princess1 princess12 princess123 purple12 purple123 q123456789 q1w2e3r4
    q1w2e3r4t5 q2w3e4r5 qazwsx123 qazwsxedc queen123 qwe12345 qwe123456 qweasd123 qweasdzxc qweqweqwe qwer1234 qwert123 qwert1234
    qwert12345 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyui qwertyuiop qwertyuiop123 qwertz12 qwertz123 qwertzui
    qwertzuiop rachel123 rainbow1 rainbow123 realmadrid rebecca1 redsox123 richard1 robert123 roberto1 roblox123 rocknroll rockstar
    rockstar1 root1234 root12345 rootroot salasana salut123 samantha samantha1 sample123 samsung1 samsung123 samurai1 saturday
    saturday1 sebastian secret12 secret123 secret1234 security security1 senha123 senha1234 september shadow12 shadow123 silver123
    singapore singapore1 slipknot slipknot1 snickers soccer12 soccer123 softball spiderman spiderman1 spring123 spring2023
    spring2024 spring2025 spring2026 startrek starwars starwars1 steelers steelers1 stephanie summer12 summer123 summer2020
    summer2021 summer2022 summer2023 summer2024 summer2025 summer2026 sunday123 sunshine sunshine1 sunshine12 sunshine123
    superadmin superman superman1 superman123 superuser supervisor sweetheart sweetie1 swimming sysadmin sysadmin1 temp1234
    temp12345 temporary temporary1 temppass tennis123 tequila1 test1234 test12345 test123456 tester123 testing1 testing12
    testing123 testpass testtest testuser texas123 thepassword thomas123 thursday thursday1 toor1234 topsecret topsecret1 toyota123
    trustme1 trustno1 trustno12 tuesday1 twitter1 user1234 user12345 username username1 vanessa1 veronica victoria victoria1
    volleyball wachtwoord wachtwoord1 warcraft warrior1 warriors wednesday welcome! welcome1 welcome1! welcome12 welcome123
    welcome1234 welcome2020 welcome2021 welcome2022 welcome2023 welcome2024 welcome2025 welcome2026 welcome@123 whatever whatever1
    whatever123 william1 william123 willkommen willkommen1 windows1 windows10 windows11 winter12 winter123 winter2020 winter2021
    winter2022 winter2023 winter2024 winter2025 winter2026 wolverine worldofwarcraft xxxxxxxx yamaha123 yankees1 yellow123 youtube1
    yxcvbnm1 zaq12wsx zaq1xsw2 zxcvbnm1 zxcvbnm123 zxcvbnma zzzzzzzz
""".split()  # noqa: SIM905 - seven hundred quoted words would be harder to read
)
