from .layouts import main

main()
