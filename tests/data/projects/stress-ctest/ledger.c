#include <stdio.h>
#include <string.h>

int main(int count, char **words) {
    int number = 0;
    FILE *file;
    if (count < 2 || strcmp(words[1], "third") != 0) return 0;
    if ((file = fopen("third.count", "r"))) { if (fscanf(file, "%d", &number) != 1) number = 0; fclose(file); }
    number++;
    if (!(file = fopen("third.count", "w"))) return 2;
    fprintf(file, "%d", number);
    fclose(file);
    if (number % 3 == 0) { printf("error: the balance is wrong\n"); return 1; }
    return 0;
}
